using PretrainCluster.Core;
using PretrainCluster.Core.Plans;
using PretrainCluster.Core.Sampling;
using PretrainCluster.Skeletons.Datasets;
using PretrainCluster.Skeletons.Import.Preprocessing;
using PretrainCluster.Skeletons.Tests.Datasets;
using PretrainCluster.Skeletons.Views;
using PretrainCluster.Skeletons.Views.Augmentations;

namespace PretrainCluster.Skeletons.Tests.Views;

public sealed class ViewMakerTests : IDisposable
{
    readonly TemporaryFolder _folder = new();
    readonly SkeletonDataset _dataset;

    public ViewMakerTests() => _dataset = SkeletonDataset.Open(TestClips.Write(
        _folder["set"], [TestClips.Draw(0, 100), TestClips.Draw(1, 30, persons: 1), TestClips.Draw(2, 1)]));

    public void Dispose()
    {
        _dataset.Dispose();
        _folder.Dispose();
    }

    static CounterRandom Stream(int view) => new(5, RandomPurpose.View, 1, 2, (ulong)view);

    static readonly PlanKinds s_kinds = PlanKinds.Of(typeof(Augmentation).Assembly);

    /// <summary>Every kind of augmentation that is registered, on few joints and always.</summary>
    static string[] Every { get; } = [.. s_kinds.Of(typeof(AugmentationPlan)).Select(kind => kind.Name)];

    static ViewPlan Plan(params string[] kinds) => new() { Frames = 24, Augment = [.. kinds.Select(Always)] };

    static AugmentationPlan Always(string kind)
    {
        var plan = (AugmentationPlan)Activator.CreateInstance(s_kinds.Find(typeof(AugmentationPlan), kind)!.Settings)!;
        plan.GetType().GetProperty("Joints")?.SetValue(plan, 2);
        return plan with { Probability = 1 };
    }

    float[] Training(ViewPlan plan, long sample, int view = 0)
    {
        var maker = new ViewMaker(_dataset, plan);
        var values = new float[maker.Length];
        maker.MakeTraining(sample, Stream(view), values);
        return values;
    }

    [Fact]
    public void MakeTraining_SameStream_GivesTheSameBitsInAnyProcessAndOrder()
    {
        var plan = Plan(Every);

        var first = Training(plan, 0);
        Training(plan, 1);

        Assert.Equal(first, Training(plan, 0));
        Assert.NotEqual(first, Training(plan, 0, view: 1));
    }

    [Theory]
    [InlineData("none", 1)]
    [InlineData(AgcnPreprocessing.Family, 2)]
    public void MakeTraining_Yaw_KeepsTheAxisAlongWhichTheDatasetsBodiesStand(string preprocessing, int up)
    {
        using var dataset = SkeletonDataset.Open(TestClips.Write(_folder[preprocessing], [TestClips.Draw(0, 24), TestClips.Draw(1, 24)], TestClips.Header() with { Preprocessing = preprocessing }));
        var (turned, plain) = (View(Plan("yaw")), View(Plan()));
        for (var axis = 0; axis < 3; axis++)
            Assert.Equal(axis == up, turned.Where((_, i) => i % 3 == axis).Zip(plain.Where((_, i) => i % 3 == axis)).All(pair => Math.Abs(pair.First - pair.Second) < 1e-5));

        float[] View(ViewPlan plan)
        {
            var maker = new ViewMaker(dataset, plan with { Crop = new() { Min = 1, Max = 1 } });
            var values = new float[maker.Length];
            maker.MakeTraining(0, Stream(0), values);
            return values;
        }
    }

    [Fact]
    public void MakeTraining_OneFrame_FillsTheView()
    {
        var view = Training(Plan(), 2);

        Assert.All(Enumerable.Range(0, 24), frame => Assert.Equal(_dataset.Read(2).Positions.AsSpan(0, 15), view.AsSpan(frame * 15, 15)));
    }

    [Theory]
    [InlineData("rotation")]
    [InlineData("noise")]
    [InlineData("blur")]
    [InlineData("joint_jitter")]
    public void MakeTraining_AbsentPerson_StaysZero(string kind)
    {
        var view = Training(Plan(kind), 1);

        Assert.True(view.AsSpan(0, 24 * 15).ContainsAnyExcept(0f));
        Assert.False(view.AsSpan(24 * 15).ContainsAnyExcept(0f));
    }

    [Fact]
    public void MakeTraining_LinearAugmentationsFirst_AreWhatTheyAreOneByOne()
    {
        // Noise of amount 0 changes nothing and ends the run of augmentations that are fused into the resizing.
        var apart = new ViewPlan
        {
            Frames = 24,
            Augment = [new TemporalFlip.Settings { Probability = 0 }, .. Plan("rotation", "shear", "axis_rotation").Augment],
        };
        var maker = new ViewMaker(_dataset, apart);
        var values = new float[maker.Length];
        var random = Stream(0);
        var crop = TemporalCrop.Draw(apart.Crop, 100, ref random);
        maker.Make(0, crop, LinearMap.Identity, values);
        var view = new SkeletonView(values, 2, 24, 5);
        foreach (var plan in apart.Augment.Skip(1))
        {
            var augmentation = Augmentation.Create(plan, TestClips.Layout, "test");
            Assert.True(augmentation.Happens(ref random));
            augmentation.Apply(view, ref random);
        }

        var fused = Training(Plan("rotation", "shear", "axis_rotation"), 0);

        for (var i = 0; i < fused.Length; i++)
            Assert.Equal(values[i], fused[i], 1e-5);
    }

    [Fact]
    public void MakeTraining_OneInsteadOfTheOther_GivesEveryViewOneOfThem()
    {
        var plan = new ViewPlan { Frames = 24, Augment = [new JointDrop.Settings { Probability = 0.5, Joints = 2 }, new JointDrop.Settings { Probability = 1, Joints = 3, Instead = true }] };

        var dropped = Enumerable.Range(0, 300).Select(view => Training(plan, 0, view).AsSpan(0, 15).Count(0f) / 3).ToList();

        Assert.All(dropped, joints => Assert.InRange(joints, 2, 3));
        Assert.InRange(dropped.Count(joints => joints == 2), 110, 190);
    }

    [Fact]
    public void MakeTraining_AfterTheFirst_AllocatesNothing()
    {
        var maker = new ViewMaker(_dataset, Plan(Every));
        var view = new float[maker.Length];
        for (var i = 0; i < 100; i++)
            maker.MakeTraining(i % 3, Stream(i), view);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 300; i++)
            maker.MakeTraining(i % 3, Stream(i), view);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Constructor_FlipWithoutPairs_NamesKeyAndLayout()
    {
        using var dataset = SkeletonDataset.Open(TestClips.Write(_folder["plain"], [TestClips.Draw(0, 3)], TestClips.Header(layout: TestClips.Layout with { Name = "unpaired", Pairs = [] })));

        var error = Assert.Throws<InputException>(() => new ViewMaker(dataset, Plan("rotation", "flip")));

        Assert.Contains("view.augment[1]", error.Message);
        Assert.Contains("unpaired", error.Message);
    }

    public static TheoryData<AugmentationPlan, string> Impossible => new()
    {
        { new JointDrop.Settings { Joints = 6 }, "joints is 6" },
        { new JointJitter.Settings(), "joints is 15" },
        { new Blur.Settings { Kernel = 4 }, "odd" },
        { new Blur.Settings { MinSigma = 3 }, "min_sigma" },
    };

    [Theory, MemberData(nameof(Impossible))]
    public void Constructor_ImpossibleAugmentation_SaysWhy(AugmentationPlan plan, string reason)
    {
        var error = Assert.Throws<InputException>(() => new ViewMaker(_dataset, new ViewPlan { Frames = 8, Augment = [plan] }));

        Assert.Contains(reason, error.Message);
    }

    [Fact]
    public void Constructor_CropMinAboveMax_IsRefused() =>
        Assert.Throws<InputException>(() => new ViewMaker(_dataset, new ViewPlan { Frames = 8, Crop = new() { Min = 0.9, Max = 0.5 } }));
}
