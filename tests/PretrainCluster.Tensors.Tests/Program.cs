namespace PretrainCluster.Tensors.Tests;

/// <summary>The test assembly, started as a process, says the bits that operators give in it.</summary>
static class Program
{
    static void Main()
    {
        foreach (var line in OperatorBits.Lines())
            Console.WriteLine(line);
    }
}
