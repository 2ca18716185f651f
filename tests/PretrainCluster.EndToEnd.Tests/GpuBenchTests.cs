using System.Diagnostics;

namespace PretrainCluster.EndToEnd.Tests;

/// <summary>`./pretrain bench gpu`, which waits for a machine with a GPU: what it does where there is none.</summary>
public sealed class GpuBenchTests
{
    [Fact]
    public async Task Gpu_NoneHere_FailsWithOneSentence()
    {
        var (code, output, error) = await RunAsync("gpu");

        Assert.Equal((1, ""), (code, output));
        var line = Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith("bench gpu: there is no GPU here", line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--clips", "3")]
    [InlineData("--steps", "0")]
    [InlineData("--plan", "configs/ntu60-xsub/skeletonclr.yaml")]
    public async Task Gpu_SettingsThatCannotBe_AreRefused(string option, string value)
    {
        var (code, _, error) = await RunAsync("gpu", "--device", "cpu", option, value);

        Assert.Equal(2, code);
        Assert.StartsWith("bench gpu: ", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Gpu_OnTheCpu_EveryPartRuns()
    {
        var (code, output, error) = await RunAsync("gpu", "--device", "cpu", "--clips", "4", "--steps", "2",
            "--set", "view={frames: 16, crop: {min_frames: 8}}", "--set", "encoder={width: 32, depth: 2, heads: 2}",
            "--set", "objective.decoder={width: 32, depth: 1}", "--set", "training.optimizer.warmup_epochs=0");

        Assert.Equal("", error);
        Assert.Equal(0, code);
        string[] parts =
        [
            "flags", "equal bits twice, fp32", "equal bits twice, bf16", "bf16", "gradients through one block",
            "two workers on one device",
        ];
        foreach (var part in parts)
            Assert.Contains($"ok     {part}: ", output, StringComparison.Ordinal);
        foreach (var precision in (string[])["fp32", "bf16"])
            Assert.Matches($@"steps, {precision}: [0-9.]+ clips/s here, [0-9.]+ the plain peer", output);
    }

    static async Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments)
    {
        var bench = Checkout.At("tests/PretrainCluster.Bench/bin/Release/net10.0/PretrainCluster.Bench.dll");
        using var process = Process.Start(new ProcessStartInfo("dotnet", [bench, .. arguments])
        {
            WorkingDirectory = Checkout.At("."),
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return (process.ExitCode, await output, await error);
    }
}
