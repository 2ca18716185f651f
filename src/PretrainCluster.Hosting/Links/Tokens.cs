using System.Security.Cryptography;
using System.Text;

namespace PretrainCluster.Hosting.Links;

static class Tokens
{
    /// <summary>In a time that tells nothing of where they differ.</summary>
    public static bool Equal(string given, string expected) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), Encoding.UTF8.GetBytes(expected));
}
