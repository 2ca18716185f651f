using System.Globalization;
using PretrainCluster.Artifacts.SafeTensors;
using PretrainCluster.Core.Plans;
using PretrainCluster.Learning.Encoders;
using PretrainCluster.Learning.Objectives;
using PretrainCluster.Learning.Weights;

namespace PretrainCluster.Learning.Tests.Fixtures;

/// <summary>Numbers of the public implementation; README.md beside this file says how they were made.</summary>
sealed class Fixture : IDisposable
{
    readonly SafeTensorsFile _file;

    public Fixture(string name) => _file = SafeTensorsFile.Open(PathOf(name));

    public static string PathOf(string name) => Path.Combine(AppContext.BaseDirectory, "Fixtures", name + ".safetensors");

    public IEnumerable<string> Names => _file.Tensors.Keys;

    public long[] Shape(string name) => [.. _file.Tensors[name].Shape];

    public float[] Floats(string name) => _file.Read<float>(name).ToArray();

    public double[] Doubles(string name) => _file.Read<double>(name).ToArray();

    public long[] Longs(string name) => _file.Read<long>(name).ToArray();

    public Tensor Tensor(string name) => tensor(Floats(name), Shape(name));

    public int Int(string key) => int.Parse(_file.Metadata[key], CultureInfo.InvariantCulture);

    public double Number(string key) => double.Parse(_file.Metadata[key], CultureInfo.InvariantCulture);

    public double Number(string key, double otherwise) => _file.Metadata.ContainsKey(key) ? Number(key) : otherwise;

    public SkeletonTransformer.Settings Encoder => new()
    {
        PatchFrames = Int("patch_frames"),
        PatchJoints = Int("patch_joints"),
        Width = Int("width"),
        Depth = Int("depth"),
        Heads = Int("heads"),
    };

    public ObjectivePlan Objective => AnyKind.Create<ObjectivePlan>(_file.Metadata["kind"] == "mae" ? "masked_coordinates" : _file.Metadata["kind"], new
    {
        MaskRatio = Number("mask_ratio"),
        Temperature = Number("temperature"),
        MotionStride = Int("motion_stride"),
        JointRatio = Number("joint_ratio", otherwise: 0),
        FrameRatio = Number("frame_ratio", otherwise: 0),
        NormalizeTarget = bool.Parse(_file.Metadata["normalize_target"]),
        Decoder = new DecoderSettings { Width = Int("decoder_width"), Depth = Int("decoder_depth") },
    });

    /// <summary>The fixture's model with the public implementation's weights, loaded from the state dict that it wrote.</summary>
    public static MaskedAutoencoder Model(string name, bool inDouble)
    {
        using var fixture = new Fixture(name);
        var objective = (MaskedAutoencoder)ObjectiveFactory.Create(fixture.Objective, fixture.Encoder, fixture.Int("frames"), fixture.Int("joints"), seed: 99);
        using var weights = SafeTensorsFile.Open(PathOf(name + ".weights"));
        ObjectiveWeights.Load(objective, weights);
        if (inDouble)
            Precisions.ToDouble(objective);
        return objective;
    }

    /// <summary>Equal but for rounding: within 1e-8 of the tensor's largest entry in double precision, 1e-4 in single, or of <paramref name="smallest"/> where that is more.</summary>
    public void AssertEqual(string key, Tensor actual, double smallest = 0)
    {
        Assert.Equal(Shape(key), actual.shape);
        Close.Within(Doubles(key), actual, actual.dtype == ScalarType.Float64 ? 1e-8 : 1e-4, key, smallest);
    }

    /// <summary>In double precision if it is asked for, else in single.</summary>
    public Tensor Tensor(string name, bool inDouble) => tensor(Doubles(name), Shape(name)).to(inDouble ? ScalarType.Float64 : ScalarType.Float32);

    public void Dispose() => _file.Dispose();
}
