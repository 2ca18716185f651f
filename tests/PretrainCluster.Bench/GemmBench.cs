using System.CommandLine;

namespace PretrainCluster.Bench;

/// <summary>`bench gemm`: matrix products a second, by shape.</summary>
static class GemmBench
{
    public static Command Command()
    {
        var seconds = new Option<double>("--seconds") { Description = "time for each shape", DefaultValueFactory = _ => 1 };
        var threads = new Option<int>("--threads") { Description = "threads of one product", DefaultValueFactory = _ => 1 };
        var command = new Command("gemm", "GFLOP/s of single-precision matrix products") { seconds, threads };
        command.SetAction(parse =>
        {
            var output = parse.InvocationConfiguration.Output;
            set_num_threads(parse.GetValue(threads));
            output.WriteLine($"{torch.Fingerprint}, {get_num_threads()} threads");
            foreach (var shape in GemmPeak.Shapes)
                output.WriteLine($"{shape.M,5} x {shape.K,5} x {shape.N,5}  {GemmPeak.Measure(shape, parse.GetValue(seconds)) / 1e9,7:0.0} GFLOP/s");
        });
        return command;
    }
}
