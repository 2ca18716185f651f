import torch, json
torch.manual_seed(0); torch.set_num_threads(1)
steps,R,B,D,C=4,2,6,5,3
lr0,epochs=.1,100
x=torch.randn(steps,R,B,D)*2+1; y=torch.randint(0,C,(steps,R,B))
bn=torch.nn.BatchNorm1d(D,affine=False,eps=1e-6); fc=torch.nn.Linear(D,C)
with torch.no_grad():
    fc.weight.normal_(0,.01); fc.bias.zero_()
w0=fc.weight.detach().clone()
opt=torch.optim.SGD(fc.parameters(),lr=lr0,momentum=.9,weight_decay=0)
crit=torch.nn.CrossEntropyLoss()
import math
lrs,losses=[],[]
for s in range(steps):
    lr=lr0*.5*(1+math.cos(math.pi*(s/steps)/epochs*50)) ; lrs.append(lr)
    for g in opt.param_groups: g['lr']=lr
    opt.zero_grad()
    bn.train()
    a=crit(fc(bn(x[s,0])),y[s,0])
    b=crit(fc(torch.nn.functional.batch_norm(x[s,1],None,None,training=True,eps=1e-6)),y[s,1])
    ((a+b)/2).backward(); opt.step(); losses.append([a.item(),b.item()])
bn.eval()
t=torch.randn(4,D)*2+1
out=fc(bn(t)).detach()
json.dump(dict(made_with="torch %s: BatchNorm1d(affine=False, eps=1e-6), Linear, CrossEntropyLoss, SGD(momentum=.9); two replicas per step, gradients averaged, running statistics of replica 0"%torch.__version__,
 features=x.tolist(),labels=y.tolist(),initial_weights=w0.tolist(),learning_rates=lrs,losses=losses,weights=fc.weight.tolist(),bias=fc.bias.tolist(),running_mean=bn.running_mean.tolist(),running_variance=bn.running_var.tolist(),test_features=t.tolist(),test_probabilities=out.softmax(1).tolist()),
 open('/work/c-eval/tests/PretrainCluster.Learning.Tests/Evaluation/Fixtures/mamp-linear-head.json','w'))
