"""Makes the encoders' parity fixtures beside this file, in double precision, by running public implementations. See README.md.

usage: OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 python3 make_encoder_fixtures.py FOLDER_OF_CROSSCLR FOLDER_OF_SKELETON_CONTRAST FOLDER_OF_CMD FOLDER_OF_HI_TRS
"""
import random
import sys

import numpy
import torch

from fixture_file import loaded, motions, scatter, sequence, small_a_gcn, write

crossclr, skeleton_contrast, cmd, hi_trs_code = sys.argv[1:5]
torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)


def case(name, seed, net, features, clips, frames, joints=25, persons=2, **metadata):
    """An evaluation pass with running statistics, then the gradients of a training pass, and the running statistics after it."""
    torch.manual_seed(seed)
    scatter(net)
    with torch.no_grad():
        for key, buffer in net.named_buffers():
            if key.endswith("running_mean"):
                buffer.copy_(torch.randn_like(buffer) * 0.1)
            elif key.endswith("running_var"):
                buffer.copy_(torch.rand_like(buffer) + 0.5)
    x = motions(clips, frames, joints, persons)
    write(name + ".weights", net.state_dict(), dict(seed=seed))
    with torch.no_grad():
        evaluated = features(net.eval(), x)
    trained = features(net.train(), x)
    direction = torch.randn_like(trained)
    (trained * direction).sum().backward()
    tensors = {"gradient." + k: v.grad for k, v in net.named_parameters()}
    tensors.update({"after." + k: v for k, v in net.named_buffers() if "running" in k or "tracked" in k})
    tensors.update({"clips": x.permute(0, 4, 2, 3, 1), "evaluated": evaluated, "trained": trained, "direction": direction})
    write(name, tensors, dict(seed=seed, torch=torch.__version__, **metadata))


def st_gcn():
    sys.path.insert(0, crossclr)
    import net.st_gcn
    model = net.st_gcn.Model(in_channels=3, hidden_channels=4, hidden_dim=20, num_class=2, dropout=0,
                             graph_args={"layout": "ntu-rgb+d", "strategy": "spatial"}, edge_importance_weighting=True)
    model.A = model.A.double()
    model.fc = torch.nn.Identity()
    case("st-gcn", 11, model, lambda net, x: net(x), clips=3, frames=13, channels=4, width=20)


def bigru():
    model = loaded("gru", skeleton_contrast, "moco", "GRU.py").BIGRU(en_input_size=150, en_hidden_size=10, en_num_layers=2)
    del model.fc
    case("bigru", 12, model, lambda net, x: net(sequence(x), knn_eval=True), clips=3, frames=9)
    model = loaded("gru", cmd, "moco", "GRU.py").BIGRU(en_input_size=150, en_hidden_size=6, en_num_layers=3)
    del model.fc
    case("bigru-input-norm", 13, model, lambda net, x: net(sequence(x), knn_eval=True), clips=4, frames=7)


def hcn():
    model = loaded("hcn", skeleton_contrast, "moco", "HCN.py").HCN(out_channel=4, window_size=32)
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout2d):
            module.p = 0
    del model.fc
    case("hcn", 14, model, lambda net, x: net(x, knn_eval=True), clips=3, frames=32)


def a_gcn():
    model = small_a_gcn(skeleton_contrast)
    del model.fc
    case("a-gcn", 15, model, lambda net, x: net(x, knn_eval=True), clips=3, frames=11)


def hi_trs():
    """Persons, windows and what is drawn for the pretraining by the public code's own loaders."""
    sys.path.insert(0, hi_trs_code)
    torch.nn.Module.cuda = lambda module, *device: module
    torch.Tensor.cuda = lambda tensor, *device: tensor
    import model.Hi_TRS
    import model.Hi_TRS_AR
    from dataset.NTU_3D_pretrain import NTU_Pretrain, my_collate
    from loss.nce_loss import NCELoss
    sizes = dict(w_size=7, d_model=4, nhead=2, d_att=3, dp_rate=0, layer_num=2)
    frames = 20

    data = object.__new__(NTU_Pretrain)
    data.w_size, data.stride, data.dilate, data.joint_num, data.joint_dim, data.view, data.use_data_aug = 7, 7, 2, 25, 3, "joint", False

    def cut(length, stride):
        return torch.tensor(data.slid_window(frame_num=length + 12, w_size=7, stride=stride, dilate=2))

    def features(net, x):
        padded = torch.nn.functional.pad(x.permute(0, 2, 4, 3, 1), (0, 0, 0, 0, 0, 0, 6, 6))
        windows = cut(x.shape[2], 7)
        return net(padded[:, windows], torch.zeros(x.shape[0], x.shape[4], len(windows) + 1))

    net = model.Hi_TRS_AR.Hi_TRS_AR(label_num=2, **sizes)
    net.v_cls = torch.nn.Identity()
    heads = ("s_pose_reg", "c_motion_cls", "v_motion_cls", "v_ft_reg")
    for head in heads:
        delattr(net, head)
    case("hi-trs", 16, net, features, clips=3, frames=frames)

    random.seed(17)
    numpy.random.seed(17)
    torch.manual_seed(17)
    net = model.Hi_TRS.Hi_TRS(**sizes)
    with torch.no_grad():
        for name, parameter in net.named_parameters():
            scale = 0.01 if name.endswith("fuse_token") else 0.4  # small tokens, so that windows differ and the last one's loss has a gradient to compare
            parameter.copy_(torch.randn_like(parameter) * scale + (parameter.ndim == 1 and "norm" in name and "weight" in name))
    persons = motions(5, frames, 25, 1)[..., 0].permute(0, 2, 3, 1).contiguous()
    persons[3] = persons[3, :1]  # one stands still
    data.seq_list, data.len_list, data.valid_idx = persons.numpy(), [frames] * 5, list(range(5))
    batch = my_collate([data[i] for i in range(5)])
    masked, shown = batch["mask_seq_mask"][:, 6:-6].reshape(5, -1), batch["masked_seq"][:, 6:-6].reshape(5, -1, 3)
    joints = persons.reshape(5, -1, 3)
    tokens = (shown == 1).all(-1)
    sources = (joints.unsqueeze(1) == shown.unsqueeze(2)).all(-1).long().argmax(-1)
    sources = torch.where(tokens | (masked == 0), torch.arange(joints.shape[1]), sources)
    assert torch.equal(torch.where(tokens.unsqueeze(-1), torch.ones(()), joints.gather(1, sources.unsqueeze(-1).expand(-1, -1, 3))), shown)
    assert batch["c_motion_valid_flg"].tolist() == [1, 1, 1, 0, 1]
    outputs = net(batch["masked_seq"], batch["org_seq"], batch["mask_seq_mask"], batch["c_motion_clip"], batch["c_motion_valid_flg"],
                  batch["slid_window"], batch["permute_v"], batch["w_pad_mask"].bool(), batch["last_c"])
    pose, motion, order, predicted, last = outputs[0], outputs[3], outputs[7], outputs[8], outputs[9]
    loss = pose + motion + order + NCELoss()(predicted, last)[0]
    loss.backward()
    tensors = {"weight." + k: v for k, v in net.named_parameters()}
    tensors.update({"gradient." + k: v.grad for k, v in net.named_parameters()})
    tensors.update({f"windows.{length}.{stride}": cut(length, stride) for length in (20, 33, 64, 100) for stride in (1, 7)})
    tensors.update({"persons": persons, "sources": sources, "tokens": tokens.double().unsqueeze(-1), "masked": masked.unsqueeze(-1), "swapped": batch["c_motion_clip"],
                    "moving": batch["c_motion_valid_flg"].double(), "order": batch["permute_v"], "loss": loss.reshape(1)})
    write("hi-trs-pretraining", tensors, dict(seed=17, torch=torch.__version__))


st_gcn()
bigru()
hcn()
a_gcn()
hi_trs()
