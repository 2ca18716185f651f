using PretrainCluster.Cli.CommandLine;

using var interruption = new Interruption(Console.Error);
return await Entry.Run(Verbs.Root(), args, Console.Out, Console.Error, interruption.Token);
