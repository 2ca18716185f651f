using PretrainCluster.Core;
using PretrainCluster.Core.Plans;

namespace PretrainCluster.Learning.Tests;

/// <summary>
/// Every objective and every encoder that is registered, made tiny, each with a partner that it takes: a kind that is added
/// is in the tests of what holds for all of them.
/// </summary>
public static class TinyKinds
{
    /// <summary>Clips of a micro-batch.</summary>
    public const int Clips = 2;

    /// <summary>A plan that any kind can stand in; the dataset need not be there.</summary>
    const string Template = """
        name: tiny
        data: {dataset: none, split: xsub, shape: {clips: 28, persons: 1, joints: 25}}
        view: {frames: 16, crop: {min_frames: 8}}
        encoder: {width: 16, depth: 2, heads: 2}
        objective: {kind: masked_motion}
        training: {epochs: 6, batch: {clips: 14, micro_batches: 7}}
        """;

    // What a kind has no such key for is left out.
    static readonly (string Key, string Value)[] s_objective =
    [
        ("decoder", "{depth: 1}"), ("queue", "40"), ("momentum", "0.9"), ("projection_hidden", "12"), ("projection_width", "8"),
        ("prediction_hidden", "12"), ("prototypes", "20"), ("mask_heads", "2"),
        ("swap", "{min_parts: 1, max_parts: 3, min_steps: 1, max_steps: 3}"),
        ("partner", "{kind: bigru, layers: 1, hidden: 6, input_norm: true}"),
    ];

    static readonly (string Key, string Value)[] s_encoder =
    [
        ("width", "16"), ("depth", "2"), ("heads", "2"), ("channels", "4"), ("hidden", "6"), ("layers", "1"), ("attention_width", "4"),
        ("input_norm", "true"), ("dropout", "0.1"), ("attention_dropout", "0.1"), ("drop_path", "0.2"),
    ];

    /// <summary>Each objective with the first encoder that it takes.</summary>
    public static TheoryData<string, string> Objectives =>
        Pairs(Sections(typeof(ObjectivePlan), s_objective), Sections(typeof(EncoderPlan), s_encoder));

    /// <summary>Each encoder with the first objective that takes it.</summary>
    public static TheoryData<string, string> Encoders =>
        Pairs(Sections(typeof(EncoderPlan), s_encoder), Sections(typeof(ObjectivePlan), s_objective));

    public static Plan Plan(params string[] settings) => PlanText.Parse(Template, Methods.BuiltIn, "tiny.yaml", settings);

    static TheoryData<string, string> Pairs(IReadOnlyList<string> ones, IReadOnlyList<string> others)
    {
        var pairs = new TheoryData<string, string>();
        foreach (var one in ones)
            pairs.Add(one, others.FirstOrDefault(other => Fit(one, other)) ?? throw new InvalidOperationException($"nothing fits {one}; add its keys to {nameof(TinyKinds)}"));
        return pairs;
    }

    static IReadOnlyList<string> Sections(Type section, (string Key, string Value)[] sizes) =>
    [
        // The transformer first: of those that objectives take it is the fastest.
        .. from kind in Methods.BuiltIn.Of(section).OrderByDescending(kind => kind.Name == "transformer")
           let name = kind.FullName[..kind.FullName.IndexOf('.')]
           let keys = kind.Keys(Methods.BuiltIn).Select(key => key.Path.Split('.')[1]).ToHashSet()
           select $"{name}={{kind: {kind.Name}{string.Concat(sizes.Where(size => keys.Contains(size.Key)).Select(size => $", {size.Key}: {size.Value}"))}}}",
    ];

    static bool Fit(string one, string other)
    {
        try
        {
            Plan(one, other);
            return true;
        }
        catch (InputException)
        {
            return false;
        }
    }
}
