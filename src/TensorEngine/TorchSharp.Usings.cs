// Every project that writes model code gets the same names, whether or not it uses all of them.
#pragma warning disable IDE0005
global using PretrainCluster.TorchSharp;
global using TorchSharp;
global using TorchSharp.Modules;
global using static TorchSharp.torch;
global using Tensor = TorchSharp.torch.Tensor;
