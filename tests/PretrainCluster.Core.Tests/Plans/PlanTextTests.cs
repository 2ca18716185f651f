using System.Text.Json;
using PretrainCluster.Core.Plans;
using PretrainCluster.Core.Sampling;
using PretrainCluster.Learning;
using PretrainCluster.Learning.Encoders;
using PretrainCluster.Learning.Objectives;
using static PretrainCluster.Core.Tests.Plans.PlanSamples;

namespace PretrainCluster.Core.Tests.Plans;

public class PlanTextTests
{
    [Fact]
    public void Parse_MinimalPlan_TakesEveryDefault()
    {
        var plan = Read();

        Assert.Equal("small", plan.Name);
        Assert.Equal(64, plan.View.Frames);
        var encoder = Assert.IsType<SkeletonTransformer.Settings>(plan.Encoder);
        Assert.Equal((256, 8, 8), (encoder.Width, encoder.Depth, encoder.Heads));
        Assert.Equal(256, Assert.IsType<MaskedMotion.Settings>(plan.Objective).Decoder.Width);
        Assert.Equal(1e-3, plan.Training.Optimizer.LearningRate);
        Assert.Null(plan.Data.Shape);
        Assert.Empty(plan.View.Augment);
    }

    [Theory]
    [InlineData("1e-3", 1e-3)]
    [InlineData("5e-4", 5e-4)]
    [InlineData(".9", 0.9)]
    [InlineData("+1.5E+1", 15)]
    [InlineData("2", 2)]
    [InlineData("0x10", 16)]
    [InlineData("0o17", 15)]
    [InlineData("2.", 2)]
    public void Parse_NumbersOfYaml12_AreNumbers(string text, double value) =>
        Assert.Equal(value, Read($"training.optimizer.learning_rate={text}").Training.Optimizer.LearningRate);

    [Theory]
    [InlineData("\"1e-3\"")]
    [InlineData("1_000")]
    [InlineData("1,5")]
    [InlineData(".inf")]
    [InlineData(".nan")]
    [InlineData("1e999")]
    [InlineData("101")]
    [InlineData("-1")]
    [InlineData("abc")]
    [InlineData("[1]")]
    [InlineData("null")]
    [InlineData("")]
    public void Parse_WhatIsNoNumberOrOutOfRange_SaysWhatIsExpected(string text)
    {
        var problems = ProblemsOf(Minimal + "\n  optimizer:\n    learning_rate: " + text);

        Assert.StartsWith("small.yaml:15: training.optimizer.learning_rate: a number from 0 to 100 is expected, not ", Assert.Single(problems));
    }

    [Theory]
    [InlineData("1.0")]
    [InlineData("1e3")]
    [InlineData("99999999999")]
    [InlineData("true")]
    public void Parse_WhatIsNoWholeNumber_SaysWhatIsExpected(string text) =>
        Assert.Equal($"small.yaml:13: training.batch.clips: a whole number from 1 to 1048576 is expected, not \"{text}\"",
            Assert.Single(ProblemsOf(Minimal.Replace("32", text))));

    [Theory]
    [InlineData("yes")]
    [InlineData("1")]
    [InlineData("'true'")]
    public void Parse_WhatIsNoTruthValue_SaysWhatIsExpected(string text) =>
        Assert.Contains("training.batch.drop_last: true or false is expected", Assert.Single(ProblemsOf(Minimal + "\n    drop_last: " + text)));

    [Fact]
    public void Parse_TextThatLooksLikeANumber_WantsQuotes()
    {
        Assert.Contains("name: text is expected, not \"60\"", Assert.Single(ProblemsOf(Minimal.Replace("name: small", "name: 60"))));
        Assert.Equal("60", PlanText.Parse(Minimal.Replace("name: small", "name: '60'"), Methods.BuiltIn).Name);
    }

    [Fact]
    public void Parse_ManyMistakes_ReportsAllOfThemWithFileLineKeyAndExpectation()
    {
        var problems = ProblemsOf("""
            name: small
            sede: 3
            data:
              dataset: data/some
            view:
              frames: 64
              frames: 32
              augment:
                - kind: rotatoin
                - kind: flip
                  amount: 0.3
            encoder: []
            objective:
              kind: masked_coordinates
              temperature: 0.8
            training:
              epochs: ten
              learning_rate: 1e-3
              batch:
                clips: 0
            """);

        Assert.Collection(problems,
            problem => Assert.StartsWith("small.yaml:2: sede: there is no such key; did you mean seed?", problem),
            problem => Assert.StartsWith("small.yaml:4: data.split: this key is missing; text is expected", problem),
            problem => Assert.Equal("small.yaml:7: frames: this key is given twice, first on line 6; keep one of the two", problem),
            problem => Assert.StartsWith("small.yaml:9: view.augment[0].kind: \"rotatoin\" is not known; did you mean rotation?", problem),
            problem => Assert.Equal("small.yaml:11: view.augment[1].amount: only used where kind is axis_rotation or joint_jitter or noise or rotation or shear or yaw; here it is flip", problem),
            problem => Assert.Equal("small.yaml:12: encoder: a group of keys is expected, not a list", problem),
            problem => Assert.StartsWith("small.yaml:15: objective.temperature: only used where kind is hi_trs or inter_skeleton or masked_features", problem),
            problem => Assert.StartsWith("small.yaml:17: training.epochs: a whole number from 1 to 1000000 is expected, not \"ten\"", problem),
            problem => Assert.StartsWith("small.yaml:18: training.learning_rate: there is no such key; did you mean training.optimizer.learning_rate?", problem),
            problem => Assert.StartsWith("small.yaml:20: training.batch.clips: a whole number from 1 to 1048576 is expected", problem));
    }

    [Theory]
    [InlineData("", "is empty")]
    [InlineData("# nothing\n", "is empty")]
    [InlineData("just text", "the keys of a plan are expected")]
    [InlineData("- a\n- b", "the keys of a plan are expected, not a list")]
    [InlineData("name: [a", "is not YAML")]
    [InlineData("name: a\n\tdata: b", "is not YAML")]
    [InlineData("name: &x a", "anchors and aliases")]
    [InlineData("name: *x", "is not YAML")]
    [InlineData("name: !!int a", "tags (!)")]
    [InlineData("name: a\n---\nname: b", "second document")]
    [InlineData("? [a]\n: b", "a key is expected")]
    [InlineData("name: \"a\0b\"", "")]
    public void Parse_NotAPlan_IsOneClearProblem(string yaml, string reason)
    {
        var problems = ProblemsOf(yaml);

        Assert.Contains(problems, problem => problem.StartsWith("small.yaml:", StringComparison.Ordinal) && problem.Contains(reason));
    }

    [Fact]
    public void Parse_HostileText_IsBounded()
    {
        Assert.Contains("levels of nesting", Assert.Single(ProblemsOf("name: " + new string('[', 5000))));
        Assert.Contains("at most", Assert.Single(ProblemsOf(new string('a', 2_000_000))));
        Assert.Contains("more than 100000 values", Assert.Single(ProblemsOf("name: [" + string.Join(',', Enumerable.Repeat("1", 200_000)) + "]")));
    }

    [Fact]
    public void Parse_PlanWithRandomDamage_IsReadOrRefusedButNeverWorse()
    {
        const string letters = "\0\t\n :-[]{}'\"#&*!|>%@0aé\ud800";
        var whole = PlanText.Write(Read("view.augment[0].kind=blur", "evaluation.protocols=[knn]"));
        var random = new CounterRandom(1, RandomPurpose.Evaluation);
        var refused = 0;
        for (var attempt = 0; attempt < 1500; attempt++)
        {
            var damaged = whole.ToCharArray();
            for (var i = random.Next(4); i >= 0; i--)
                damaged[random.Next(damaged.Length)] = letters[random.Next(letters.Length)];
            try
            {
                PlanText.Parse(new string(damaged[..random.Next(damaged.Length + 1)]), Methods.BuiltIn);
            }
            catch (InputException)
            {
                refused++;
            }
        }
        Assert.InRange(refused, 1000, 1500);
    }

    [Fact]
    public void Read_MissingFile_IsOneSentence() =>
        Assert.Equal("There is no plan none.yaml.", Assert.Throws<InputException>(() => PlanText.Read("none.yaml", Methods.BuiltIn)).Message);

    [Fact]
    public void Write_AnyPlan_ReadsBackTheSameAndSpellsOutDefaults()
    {
        var plan = Read("view.augment[0].kind=blur", "view.augment[1].kind=rotation", "view.augment[1].amount=0.1", "data.hold_out_classes=[3, 5]",
            "data.shape.clips=100", "data.shape.persons=2", "data.shape.joints=25", "evaluation.protocols=[knn, linear/mamp-2023]",
            "training.optimizer.min_learning_rate=1e-7", "data.dataset='true: \"\\é#'");

        var yaml = PlanText.Write(plan);
        var again = PlanText.Parse(yaml, Methods.BuiltIn);

        Assert.Equal(JsonSerializer.Serialize(plan), JsonSerializer.Serialize(again));
        Assert.Equal(yaml, PlanText.Write(again));
        Assert.Contains("      min_sigma: 0.1\n", yaml);
        Assert.Contains("    beta2: 0.95\n", yaml);
        Assert.DoesNotContain("momentum", yaml);
    }
}
