using System.Text.RegularExpressions;

namespace PretrainCluster.Cli.Tests.Deployment;

/// <summary>The manifests of cluster/kubernetes fit each other, the image and the command line; what kustomize makes of them is looked at where kubectl is.</summary>
public sealed class KubernetesTests
{
    static readonly string s_folder = Checkout.At("cluster", "kubernetes", "gpu");
    static readonly Yaml s_kustomization = Yaml.Documents(File.ReadAllText(Path.Combine(s_folder, "kustomization.yaml"))).Single();
    static readonly IReadOnlyList<Yaml> s_objects = [.. s_kustomization["resources"].Texts.SelectMany(file => Yaml.Documents(File.ReadAllText(Path.Combine(s_folder, file))))];

    public static TheoryData<string, string> Nodes { get; } = new() { { "StatefulSet", "coordinator" }, { "Deployment", "worker" } };

    [Fact]
    public void Resources_AreAllFilesOfTheFolder() =>
        Assert.Equal(Directory.EnumerateFiles(s_folder, "*.yaml").Select(f => Path.GetFileName(f)).Where(f => f != "kustomization.yaml").Order(), s_kustomization["resources"].Texts.Order());

    [Theory]
    [MemberData(nameof(Nodes))]
    public void Seeds_AreTheNamesOfTheStatefulSet(string kind, string name)
    {
        var (set, service) = (Find("StatefulSet", "coordinator"), Find("Service", "coordinator"));
        Assert.Equal(set["spec", "serviceName"].Text, service["metadata", "name"].Text);

        var port = service["spec", "ports"].Items[0]["port"].Text;
        var names = Enumerable.Range(0, set["spec", "replicas"].Number).Select(i => $"coordinator-{i}.{service["metadata", "name"].Text}:{port}");
        Assert.Equal(names, Options(kind, name)["--seeds"].Split(','));
    }

    [Fact]
    public void Names_OfTheStatefulSet_ResolveBeforeItsPodsAreReady()
    {
        var (set, service) = (Find("StatefulSet", "coordinator"), Find("Service", "coordinator"));

        Assert.Equal("None", service["spec", "clusterIP"].Text);
        Assert.Equal("true", service["spec", "publishNotReadyAddresses"].Text);
        Assert.Equal("Parallel", set["spec", "podManagementPolicy"].Text);
        Assert.Equal(Pod(set)["metadata", "labels"].Pairs, service["spec", "selector"].Pairs);
    }

    [Theory]
    [MemberData(nameof(Nodes))]
    public void Node_SaysItsOwnAddressAndTheSharedFolder(string kind, string name)
    {
        var (container, options) = (Container(kind, name), Options(kind, name));

        Assert.Equal(name, options["--role"]);
        Assert.Equal($"$(POD_IP):{container["ports"].Items[0]["containerPort"].Text}", options["--at"]);
        Assert.Equal("status.podIP", Variable(container, "POD_IP")["valueFrom", "fieldRef", "fieldPath"].Text);
        Assert.Contains(container["volumeMounts"].Items, m => Variable(container, "PRETRAIN_CACHE")["value"].Text.StartsWith(m["mountPath"].Text, StringComparison.Ordinal));
        Assert.Contains(container["volumeMounts"].Items, m => m["mountPath"].Text == $"{Dockerfile.Last("cpu", "WORKDIR")}/{options["--shared-runs"]}");
    }

    [Theory]
    [MemberData(nameof(Nodes))]
    public void Volumes_AreThereAndHoldWhatIsReferredTo(string kind, string name)
    {
        var (container, spec) = (Container(kind, name), Pod(Find(kind, name))["spec"]);
        var volumes = spec["volumes"].Items.ToDictionary(v => v["name"].Text);
        Assert.Equal(volumes.Keys.Order(), container["volumeMounts"].Items.Select(m => m["name"].Text).Distinct().Order());

        var claim = Find("PersistentVolumeClaim", volumes["runs"]["persistentVolumeClaim", "claimName"].Text);
        Assert.Equal(["ReadWriteMany"], claim["spec", "accessModes"].Texts);

        var secret = Assert.Single(s_kustomization["secretGenerator"].Items);
        Assert.Equal(secret["name"].Text, volumes["certificates"]["secret", "secretName"].Text);
        var mount = container["volumeMounts"].Items.Single(m => m["name"].Text == "certificates")["mountPath"].Text;
        var files = secret["files"].Texts.Select(file => $"{mount}/{Path.GetFileName(file)}").ToList();
        Assert.Equal(
            [Options(kind, name)["--certificate"], Variable(container, "PRETRAIN_CERTIFICATE")["value"].Text], files);
        Assert.DoesNotContain(secret["files"].Texts, file => file.EndsWith("ca.key", StringComparison.Ordinal));
        Assert.All(container["envFrom"].Items, source => Assert.Equal("true", source["secretRef", "optional"].Text));
        Assert.Contains("/cluster/kubernetes/gpu/certificates", Deployed.Read(".gitignore").Split('\n'));
        Assert.Contains("/cluster/kubernetes/gpu/certificates", Deployed.Read(".dockerignore").Split('\n'));
    }

    [Theory]
    [MemberData(nameof(Nodes))]
    public void Image_IsATargetOfTheDockerfileRunByItsUser(string kind, string name)
    {
        var image = Container(kind, name)["image"].Text.Split(':');
        Assert.Equal(Assert.Single(s_kustomization["images"].Items)["name"].Text, image[0]);
        Assert.Equal(Dockerfile.Last(image[1], "USER"), $"{Pod(Find(kind, name))["spec", "securityContext", "runAsUser"].Text}:{Pod(Find(kind, name))["spec", "securityContext", "runAsGroup"].Text}");
    }

    [Fact]
    public void Worker_HasAsManyGpusAsSlotsAndTimeToHandItsRanksOver()
    {
        var options = Options("Deployment", "worker");

        Assert.Equal("cuda:0", options["--device"]);
        Assert.Equal(Container("Deployment", "worker")["resources", "limits", "nvidia.com/gpu"].Text, options["--slots"]);
        Assert.True(TimeSpan.FromSeconds(Pod(Find("Deployment", "worker"))["spec", "terminationGracePeriodSeconds"].Number) >= Deployed.HandOver);
    }

    [Theory]
    [MemberData(nameof(Nodes))]
    public void Probes_AskTheNodesOwnPortAndTheClusterWithPatience(string kind, string name)
    {
        var container = Container(kind, name);
        var port = container["ports"].Items[0]["name"].Text;
        Assert.Equal(port, container["startupProbe", "tcpSocket", "port"].Text);
        Assert.Equal(port, container["livenessProbe", "tcpSocket", "port"].Text);

        var asked = container["readinessProbe", "exec", "command"].Texts;
        Assert.Equal(["sh", "-c"], asked.Take(2));
        Deployed.Options(Assert.Single(Deployed.InShell(asked[2])));
        Assert.True(container["readinessProbe", "timeoutSeconds"].Number > Deployed.Patience.TotalSeconds);
    }

    [Fact]
    public void ReadinessOfACoordinator_AsksTheNodeItself() =>
        Assert.Contains($"\"$POD_IP:{Deployed.Port(Options("StatefulSet", "coordinator")["--at"])}\"", Container("StatefulSet", "coordinator")["readinessProbe", "exec", "command"].Texts[2]);

    [Fact]
    public void ReadinessOfAWorker_AsksEveryCoordinatorForItsLine()
    {
        var line = Container("Deployment", "worker")["readinessProbe", "exec", "command"].Texts[2];
        var numbers = Regex.Match(line, @"for c in ([\d ]+);").Groups[1].Value.Split(' ');

        Assert.Equal(Options("Deployment", "worker")["--seeds"].Split(','), numbers.Select(c => Regex.Match(line, @"pretrain cluster ""([^""]+)""").Groups[1].Value.Replace("$c", c)));
        ClusterTable.Finds(Regex.Match(line, @"grep -q ""(.*)""$").Groups[1].Value.Replace("$POD_IP", "10.0.0.2"));
    }

    [Theory]
    [MemberData(nameof(Nodes))]
    public void DisruptionBudgetAndSelector_AreOfThePodsThemselves(string kind, string name)
    {
        var labels = Pod(Find(kind, name))["metadata", "labels"].Pairs;
        Assert.Equal(labels, Find(kind, name)["spec", "selector", "matchLabels"].Pairs);
        Assert.Equal(labels, Find("PodDisruptionBudget", name)["spec", "selector", "matchLabels"].Pairs);
        Assert.Equal(1, Find("PodDisruptionBudget", name)["spec", "maxUnavailable"].Number);
        Assert.All(Find("NetworkPolicy", "nodes-and-users")["spec", "podSelector", "matchLabels"].Pairs, label => Assert.Equal(label.Value, labels[label.Key]));
    }

    [KubectlTheory]
    [InlineData("gpu", "cuda:0", "4", "pretrain:cuda")]
    [InlineData("cpu", "cpu", "2", "pretrain:cpu")]
    public void Kustomize_OfEachVariant_MakesNodesThatTheCommandTakes(string variant, string device, string slots, string image)
    {
        using var programs = new FakePrograms();
        foreach (var file in Directory.EnumerateFiles(Path.GetDirectoryName(s_folder)!, "*.yaml", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(programs.Folder, Path.GetRelativePath(Path.GetDirectoryName(s_folder)!, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
        Directory.CreateDirectory(Path.Combine(programs.Folder, "gpu", "certificates"));
        foreach (var file in (string[])["any-node.pem", "operator.pem"])
            File.WriteAllText(Path.Combine(programs.Folder, "gpu", "certificates", file), "a certificate");

        var (code, output) = programs.Run("kubectl", "kustomize", Path.Combine(programs.Folder, variant));

        Assert.Equal(0, code);
        var made = Yaml.Documents(output);
        Assert.All(made.Where(o => o["kind"].Text != "Namespace"), o => Assert.Equal("pretrain", o["metadata", "namespace"].Text));
        var worker = Pod(made.Single(o => o["kind"].Text == "Deployment"))["spec", "containers"].Items.Single();
        var options = Deployed.Options(worker["args"].Texts);
        Assert.Equal((device, slots, image), (options["--device"], options["--slots"], worker["image"].Text));
        Assert.Equal(device != "cpu", worker["resources", "limits", "nvidia.com/gpu"].Exists);
    }

    static Yaml Find(string kind, string name) => s_objects.Single(o => o["kind"].Text == kind && o["metadata", "name"].Text == name);

    static Yaml Pod(Yaml set) => set["spec", "template"];

    static Yaml Container(string kind, string name) => Assert.Single(Pod(Find(kind, name))["spec", "containers"].Items);

    static IReadOnlyDictionary<string, string> Options(string kind, string name) => Deployed.Options(Container(kind, name)["args"].Texts);

    static Yaml Variable(Yaml container, string name) => container["env"].Items.Single(v => v["name"].Text == name);

    sealed class KubectlTheoryAttribute : TheoryAttribute
    {
        public KubectlTheoryAttribute() =>
            Skip = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, "kubectl"))) ? null : "there is no kubectl here";
    }
}
