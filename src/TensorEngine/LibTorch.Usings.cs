// Every project that writes model code gets the same names, whether or not it uses all of them.
#pragma warning disable IDE0005
global using PretrainCluster.LibTorch;
global using PretrainCluster.LibTorch.Modules;
global using static PretrainCluster.LibTorch.torch;
global using Tensor = PretrainCluster.LibTorch.torch.Tensor;
