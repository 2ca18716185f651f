namespace PretrainCluster.Cli.Doctor;

static partial class TensorChecks
{
    const string Name = "", Mend = "TensorEngine=LibTorch ./pretrain doctor: builds on the distribution's libtorch instead of the package's";

    // They come with the package: there is nothing that could be installed by hand.
    static IEnumerable<Finding> Libraries() => [];
}
