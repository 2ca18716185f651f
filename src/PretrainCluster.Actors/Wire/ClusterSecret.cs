using System.Security.Cryptography;
using System.Text;
using PretrainCluster.Artifacts.Stores;
using PretrainCluster.Core;

namespace PretrainCluster.Actors.Wire;

/// <summary>What the nodes of a cluster and its users have in common, and nobody else has: the content of a file.</summary>
public sealed class ClusterSecret
{
    const int LeastBytes = 32, MostBytes = 4096;

    readonly byte[] _key;

    ClusterSecret(ReadOnlySpan<byte> secret) => _key = HMACSHA256.HashData(secret, "pretrain cluster messages"u8);

    /// <exception cref="InputException">There is no such file, it cannot be read, or it is too short or too long for a secret.</exception>
    public static ClusterSecret Read(string file)
    {
        try
        {
            if (new FileInfo(file).Length > MostBytes)
                throw new InputException($"{file}: a secret has at most {MostBytes} bytes");
            var secret = File.ReadAllBytes(file).AsSpan().TrimEnd("\r\n \t"u8);
            return secret.Length >= LeastBytes
                ? new ClusterSecret(secret)
                : throw new InputException($"{file}: a secret has at least {LeastBytes} characters; `openssl rand -hex 32` makes one");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{file}: the cluster's secret cannot be read: {failure.Message}", failure);
        }
    }

    /// <summary>The secret in a cluster's folder, made by whichever node is first. Only its owner can read the file.</summary>
    /// <exception cref="InputException">It cannot be read or written.</exception>
    public static ClusterSecret ReadOrMake(string file)
    {
        if (OperatingSystem.IsWindows())
            throw new PlatformNotSupportedException("Nodes run on Linux: a secret is protected by its file's mode.");
        if (File.Exists(file))
            return Read(file);
        var temporary = $"{file}.{Guid.NewGuid():N}";
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            using (var stream = new FileStream(temporary, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite }))
                stream.Write(Encoding.ASCII.GetBytes(RandomNumberGenerator.GetHexString(64, lowercase: true) + "\n"));
            File.Move(temporary, file, overwrite: false);
        }
        catch (IOException) when (File.Exists(file))
        {
            // Another node was faster; its secret is the cluster's.
            File.Delete(temporary);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{file}: the cluster's secret cannot be written: {failure.Message}", failure);
        }
        return Read(file);
    }

    /// <summary>Makes sure that the nodes that share a folder have one secret: the first leaves a digest there, from which the secret does not follow.</summary>
    /// <exception cref="InputException">The nodes before this one have another.</exception>
    public void CheckSameIn(DirectoryStore cluster)
    {
        const string Name = "secret.digest";
        var digest = Encoding.ASCII.GetBytes(Convert.ToHexStringLower(Authenticate("digest"u8)));
        if (!cluster.PutIfAbsentAsync(Name, digest).GetAwaiter().GetResult() && !digest.AsSpan().SequenceEqual(cluster.GetAsync(Name, digest.Length).GetAwaiter().GetResult()))
            throw new InputException($"the cluster in {cluster.Folder} has another secret: give every node the same --secret, or remove {cluster.PathOf(Name)} once no node runs any more");
    }

    /// <returns>HMAC-SHA256, 32 bytes</returns>
    internal byte[] Authenticate(ReadOnlySpan<byte> bytes) => HMACSHA256.HashData(_key, bytes);
}
