using PretrainCluster.Learning;
using PretrainCluster.Skeletons.Import;
using PretrainCluster.Skeletons.Import.Preprocessing;
using PretrainCluster.Skeletons.Layouts;

namespace PretrainCluster.Cli.Data;

/// <summary><c>pretrain data import</c>: skeleton files in, a dataset out.</summary>
static class ImportCommand
{
    static readonly Argument<string[]> Source = new("SOURCE")
    {
        Description = "folder or zip of NTU .skeleton files (NTU-120: both zips), an .npz of CTR-GCN or MAMP, a folder or zip of NW-UCLA's JSON files or of UTD-MHAD's .mat files, a .pkl of pyskl, a folder of ST-GCN's _data_joint.npy and _label.pkl, the folders of PKU-MMD's sequences, labels and lists",
        Arity = ArgumentArity.OneOrMore,
    };

    static readonly Option<string> To = new("--to") { Description = "folder of the dataset to make", HelpName = "DATASET", Required = true };

    static readonly Option<string?> Format = new("--format") { Description = $"{SkeletonSources.Names(Methods.BuiltIn)}, or one of an extension; found out by default", HelpName = "FORMAT" };

    static readonly Option<string?> Layout = new("--layout")
    {
        Description = $"joint layout: {string.Join(", ", JointLayouts.BuiltIn.Select(layout => layout.Name))}, or a JSON file; found out where it can be",
        HelpName = "NAME|FILE",
    };

    static readonly Option<string[]> Splits = new("--splits", "--split")
    {
        Description = "splits to write, such as xsub,xview; all that the source knows by default. For a file that does not name its own split: what to call it",
        HelpName = "NAME",
        AllowMultipleArgumentsPerToken = true,
    };

    static readonly Option<string?> Preprocess = new("--preprocess")
    {
        Description = $"for .skeleton files: {string.Join(", ", NtuPreprocessings.All.Select(family => family.Name))}; a and b mean ctr-gcn and agcn; by default CTR-GCN's of NTU-60 or NTU-120, whichever the data is. For the others: {CentredSource.Family} (the first person's root in the first frame is the origin; the default) or none; for keypoints in an image: {PysklSource.Family} (-1 to 1 over the image; the default) or none",
        HelpName = "FAMILY",
    };

    static readonly Option<string?> MissingList = new("--missing-list") { Description = "for .skeleton files: the published list of samples to leave out", HelpName = "FILE" };

    static readonly Option<string> Precision = new Option<string>("--precision") { Description = "of the stored coordinates", HelpName = "float32|float16", DefaultValueFactory = _ => "float32" }
        .AcceptOnlyFromAmong("float32", "float16");

    static readonly Option<bool> ExcludeDuplicates = new("--exclude-duplicates")
    {
        Description = $"leave test clips out whose coordinates are also trained on; without it a second split, NAME{DatasetImport.DistinctSuffix}, does",
    };

    static readonly Option<string?> Name = new("--name") { Description = "the dataset's name; that of its folder by default", HelpName = "NAME" };

    static readonly Option<bool> Force = new("--force") { Description = "replace a dataset that is already there" };

    public static Command Create()
    {
        var command = new Verb("import", "makes a dataset from skeleton files")
        {
            Group = VerbGroup.Data,
            Examples =
            [
                new("pretrain data import nturgbd_skeletons_s001_to_s017.zip --missing-list missing.txt --to data/ntu60", "NTU-60 with its splits xsub and xview"),
                new("pretrain data import UTD_XSub.npz --layout utd-mhad --to data/utd-mhad", "an .npz, whose split is called xsub after its name"),
                new("pretrain data import PKU_Skeleton_Renew Train_Label_PKU_final Split --to data/pku-mmd-1", "PKU-MMD, cut into clips by its labels"),
                new("pretrain data import nw-ucla --to data/nw-ucla --exclude-duplicates", "NW-UCLA without the sequences that recur in its test set"),
            ],
        };
        command.Add(Source);
        foreach (var option in new Option[] { To, Format, Layout, Splits, Preprocess, MissingList, Precision, ExcludeDuplicates, Name, Force })
            command.Add(option);
        var extensions = new ExtensionOption().AddTo(command);
        command.SetAction((parse, cancellation) => Task.FromResult(Run(parse, extensions.Kinds(parse), cancellation)));
        return command;
    }

    static int Run(ParseResult parse, PlanKinds kinds, CancellationToken cancellation)
    {
        var folder = parse.GetRequiredValue(To);
        DatasetFolder.RefuseExisting(folder, parse.GetValue(Force));
        var splits = (parse.GetValue(Splits) ?? []).SelectMany(names => names.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)).Distinct().ToList();
        using var source = SkeletonSources.Open(new SourceRequest
        {
            Paths = parse.GetRequiredValue(Source),
            Format = parse.GetValue(Format) is { } format ? PlanText.Section<SourceFormat>(format, "--format", kinds) : null,
            Layout = parse.GetValue(Layout) is { } layout ? JointLayouts.Find(layout) : null,
            Preprocessing = parse.GetValue(Preprocess),
            Missing = parse.GetValue(MissingList) is { } list ? PretrainCluster.Skeletons.Formats.Ntu.MissingList.Read(list) : null,
            Split = splits is [var only] ? only : null,
        }, kinds);
        var import = new DatasetImport(source, new ImportOptions
        {
            Name = parse.GetValue(Name),
            Splits = splits,
            Coordinates = parse.GetValue(Precision) == "float16" ? CoordinateType.Float16 : CoordinateType.Float32,
            ExcludeDuplicates = parse.GetValue(ExcludeDuplicates),
            Replace = parse.GetValue(Force),
        });

        var output = parse.InvocationConfiguration.Output;
        var report = ProgressLine.Show(output, TimeProvider.System, "importing", progress => import.Run(folder, progress, cancellation));
        ImportText.Write(report, folder, output);
        return Entry.Done;
    }
}
