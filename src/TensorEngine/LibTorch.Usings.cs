global using PretrainCluster.LibTorch;
global using static PretrainCluster.LibTorch.torch;
global using Tensor = PretrainCluster.LibTorch.torch.Tensor;
