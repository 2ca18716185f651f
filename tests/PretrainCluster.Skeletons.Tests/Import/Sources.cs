using PretrainCluster.Core.Plans;
using PretrainCluster.Skeletons.Import;

namespace PretrainCluster.Skeletons.Tests.Import;

/// <summary>Sources of the formats that this project brings along.</summary>
static class Sources
{
    static readonly PlanKinds s_kinds = PlanKinds.Of(typeof(SourceFormat).Assembly);

    public static ISkeletonSource Open(SourceRequest request) => SkeletonSources.Open(request, s_kinds);

    public static SourceFormat Detect(string path) => SkeletonSources.Detect(path, s_kinds);
}
