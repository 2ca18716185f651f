using PretrainCluster.Azurite;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace PretrainCluster.Artifacts.Tests;

/// <summary>The tests of this class run against a real Azurite, and are skipped where there is none.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class UsesAzuriteAttribute : Attribute;

/// <summary>A test of a suite that several classes inherit; skipped in those that use an Azurite where there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
[XunitTestCaseDiscoverer("PretrainCluster.Artifacts.Tests.StoreFactDiscoverer", "PretrainCluster.Artifacts.Tests")]
public sealed class StoreFactAttribute : FactAttribute;

/// <summary>A test that runs against a real Azurite; skipped where there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class AzuriteFactAttribute : FactAttribute
{
    public AzuriteFactAttribute() => Skip = AzuriteServer.Missing;
}

public sealed class StoreFactDiscoverer(IMessageSink messages) : IXunitTestCaseDiscoverer
{
    public IEnumerable<IXunitTestCase> Discover(ITestFrameworkDiscoveryOptions options, ITestMethod method, IAttributeInfo attribute)
    {
        yield return AzuriteServer.Missing is not null && method.TestClass.Class.GetCustomAttributes(typeof(UsesAzuriteAttribute)).Any()
            ? new LeftOut(messages, options.MethodDisplayOrDefault(), options.MethodDisplayOptionsOrDefault(), method)
            : new XunitTestCase(messages, options.MethodDisplayOrDefault(), options.MethodDisplayOptionsOrDefault(), method);
    }

    sealed class LeftOut : XunitTestCase
    {
        [Obsolete("For the runner, which makes it again from its serialized form.")]
        public LeftOut()
        {
        }

        public LeftOut(IMessageSink messages, TestMethodDisplay display, TestMethodDisplayOptions displayOptions, ITestMethod method) : base(messages, display, displayOptions, method)
        {
        }

        protected override string GetSkipReason(IAttributeInfo factAttribute) => AzuriteServer.Missing!;
    }
}
