using PretrainCluster.Core.Sampling;
using PretrainCluster.Learning.Encoders;
using PretrainCluster.Learning.Objectives;
using PretrainCluster.Learning.Tests.Fixtures;
using PretrainCluster.Skeletons.Layouts;

namespace PretrainCluster.Learning.Tests.Objectives;

/// <summary>The gradient of every objective and every encoder is the slope of its loss, by central differences in float64.</summary>
public sealed class GradientTests
{
    /// <summary>Short, so that hardly a rectifier or a maximum changes sides on the way.</summary>
    const double Step = 1e-9;

    // These stop gradients on purpose, at a target that is a function of the weights, so that a slope is another number;
    // their gradients are compared with the public code's.
    static readonly string[] s_stopping = ["hi_trs", "skeattnclr"];

    [Theory]
    [MemberData(nameof(TinyKinds.Objectives), MemberType = typeof(TinyKinds))]
    [MemberData(nameof(TinyKinds.Encoders), MemberType = typeof(TinyKinds))]
    public void Loss_OfEveryKind_HasTheSlopeThatItsGradientSays(string one, string other)
    {
        using var scope = NewDisposeScope();
        var plan = TinyKinds.Plan(one, other);
        if (s_stopping.Contains(plan.Objective.Kind))
            return;
        var clip = new ClipShape(1, plan.View.Frames, 25, JointLayouts.Row(25));
        using var objective = ObjectiveFactory.Create(plan.Objective, plan.Encoder, clip, seed: 1);
        Precisions.ToDouble(objective);
        objective.train();
        var generator = new Generator(3, CPU);
        var clips = randn([objective.Views, 4, clip.Persons, clip.Frames, clip.Joints, 3], ScalarType.Float64, generator: generator);
        (string Name, Parameter Parameter)[] weights = [.. objective.Weights.Where(weight => weight.Parameter.requires_grad)];

        var gradients = autograd.grad([Loss()], [.. weights.Select(weight => (Tensor)weight.Parameter)], allow_unused: true);
        for (var direction = 0; direction < 3; direction++)
        {
            Tensor[] along = [.. weights.Select(weight => randn(weight.Parameter.shape, ScalarType.Float64, generator: generator))];
            var length = Math.Sqrt(along.Sum(way => way.square().sum().item<double>()));
            foreach (var way in along)
                way.div_(length);
            var expected = along.Zip(gradients).Where(pair => pair.Second is not null).Sum(pair => (pair.First * pair.Second).sum().item<double>());
            Move(Step);
            var ahead = Loss().item<double>();
            Move(-2 * Step);
            var behind = Loss().item<double>();
            Move(Step);
            Assert.Equal(expected, (ahead - behind) / (2 * Step), 1e-3 * Math.Max(1, Math.Abs(expected)));

            void Move(double step)
            {
                using var _ = no_grad();
                foreach (var (weight, way) in weights.Zip(along))
                    weight.Parameter.add_(way, step);
            }
        }

        Tensor Loss()
        {
            var loss = objective.Forward(clips, new CounterRandom(1, RandomPurpose.Objective, 0, 0));
            return loss.Sum / loss.Count;
        }
    }
}
