// Hosts start workers by the dozen, and nobody else does: they skip everything that a command line for people needs.
if (args is [WorkerCommand.Name, .. var line])
    return WorkerCommand.Run(line, Console.Error);

using var interruption = new Interruption(Console.Error);
return await Entry.Run(Verbs.Root(), args, Console.Out, Console.Error, interruption.Token);
