namespace PretrainCluster.Skeletons.Formats;

/// <summary>One file of a source, in a folder or in a zip.</summary>
/// <param name="Name">File name with extension, without folder.</param>
/// <param name="Path">What error messages call it.</param>
/// <param name="Bytes">Its length, as the folder or the zip says.</param>
/// <param name="Open">Opens it for reading once, from its start.</param>
public sealed record InputFile(string Name, string Path, long Bytes, Func<Stream> Open);
