using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.Loader;
using System.Security.Cryptography;

namespace PretrainCluster.Learning;

/// <summary>
/// Assemblies of kinds that a user names with <c>--extension</c> (docs/extending.md). Their code runs with the rights of this process, so nothing but a
/// command line makes this class load one; what a plan says is compared with it.
/// </summary>
public static class Extensions
{
    const long MostBytes = 64 << 20;

    // Loaded twice, an assembly would have every type twice.
    static readonly ConcurrentDictionary<string, Lazy<Assembly>> s_loaded = new();

    /// <summary>The kinds that there are with those of some files.</summary>
    /// <param name="files">paths of assemblies</param>
    /// <exception cref="InputException">A file is no assembly that can be loaded here, or a kind of it has a name that is taken.</exception>
    public static PlanKinds Load(PlanKinds kinds, IEnumerable<string> files)
    {
        foreach (var file in files)
        {
            var bytes = Read(file);
            var extension = new PlanExtension(Path.GetFullPath(file), Convert.ToHexStringLower(SHA256.HashData(bytes)));
            if (kinds.Extensions.All(known => known.Sha256 != extension.Sha256))
                kinds = With(kinds, extension, bytes);
        }
        return kinds;
    }

    static byte[] Read(string file)
    {
        try
        {
            if (new FileInfo(file).Length > MostBytes)
                throw new InputException($"--extension {file}: has more than {MostBytes >> 20} MiB, the most that an extension may have");
            return File.ReadAllBytes(file);
        }
        catch (Exception missing) when (missing is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"--extension {file}: the file cannot be read: {missing.Message}", missing);
        }
    }

    static PlanKinds With(PlanKinds kinds, PlanExtension extension, byte[] bytes)
    {
        try
        {
            var assembly = s_loaded.GetOrAdd(extension.Sha256, _ => new(() => new Context(extension.File).LoadFromStream(new MemoryStream(bytes)))).Value;
            foreach (var needed in assembly.GetReferencedAssemblies())
                Find(needed, extension.File);
            return kinds.With(extension, assembly);
        }
        catch (Exception broken) when (broken is BadImageFormatException or ReflectionTypeLoadException or TypeLoadException or FileLoadException or FileNotFoundException)
        {
            throw new InputException($"--extension {extension.File}: cannot be loaded; build it against this version of PretrainCluster, for {AppContext.TargetFrameworkName}: {broken.Message}", broken);
        }
    }

    // Workers get the one file alone, so it must not need others.
    static void Find(AssemblyName needed, string file)
    {
        try
        {
            AssemblyLoadContext.Default.LoadFromAssemblyName(needed);
        }
        catch (Exception missing) when (missing is FileNotFoundException or FileLoadException)
        {
            throw new InputException($"--extension {file}: needs {needed.Name} {needed.Version}, which PretrainCluster does not have; an extension is one file, so take in what it needs as source", missing);
        }
    }

    /// <summary>What an extension refers to is what this program has.</summary>
    sealed class Context(string name) : AssemblyLoadContext(name);
}
