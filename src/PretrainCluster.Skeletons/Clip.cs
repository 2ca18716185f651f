namespace PretrainCluster.Skeletons;

/// <summary>
/// One sequence of skeletons, in memory. Subject, view and setup are the dataset's own numbers (1-based in every public dataset).
/// -1 stands for what the source does not say: label, subject, view or setup.
/// </summary>
/// <param name="Name">The source's own name, such as S001C001P001R001A001.</param>
/// <param name="Label">0-based class.</param>
/// <param name="Subject">Who moves.</param>
/// <param name="View">Which camera.</param>
/// <param name="Setup">Which arrangement of cameras (NTU RGB+D).</param>
/// <param name="Persons">How many persons Positions holds; one who is absent is all zeros.</param>
/// <param name="Frames">Valid length; no padding follows it.</param>
/// <param name="Joints">Joints of the layout.</param>
/// <param name="Positions">[frames, persons, joints, 3], metres.</param>
public sealed record Clip(string Name, int Label, int Subject, int View, int Setup, int Persons, int Frames, int Joints, float[] Positions);
