using System.Globalization;

namespace PretrainCluster.Hosting.Agents;

/// <summary>What the kernel says of a process, for those that are not this one's children: /proc/PID.</summary>
/// <param name="Started">in ticks since the machine's start: together with the id it names a process for good</param>
/// <param name="Memory">bytes resident</param>
readonly record struct ProcessFacts(int Id, long Started, long Memory)
{
    /// <summary>Null where there is no such process, or only its exit code is left of it.</summary>
    public static ProcessFacts? Read(int id)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{id.ToString(CultureInfo.InvariantCulture)}/stat");
            // The second field is the program's name in brackets, which may itself hold blanks and brackets.
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            const int State = 0, StartTime = 19, Resident = 21;
            return fields[State] is "Z" or "X" ? null : new ProcessFacts(id, Number(fields[StartTime]), Number(fields[Resident]) * Environment.SystemPageSize);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException or FormatException or IndexOutOfRangeException)
        {
            return null;
        }
    }

    static long Number(string field) => long.Parse(field, CultureInfo.InvariantCulture);
}
