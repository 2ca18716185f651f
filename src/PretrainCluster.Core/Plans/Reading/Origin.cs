namespace PretrainCluster.Core.Plans.Reading;

/// <summary>Where something was written: a line of a file, or an option of the command line.</summary>
/// <param name="Source">the file, or the option as typed</param>
/// <param name="Line">from 1; 0 for an option</param>
readonly record struct Origin(string Source, int Line)
{
    public override string ToString() => Line > 0 ? $"{Source}:{Line}" : Source;
}
