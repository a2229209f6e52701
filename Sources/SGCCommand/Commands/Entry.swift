import ArgumentParser
import Glibc
import SGCBase

/// The command `sgc`.
struct SGC: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sgc",
        abstract: "Train semantic visual tokenizers, and turn images into tokens and back.",
        version: "0.1.0",
        subcommands: [
            TrainCommand.self, EncodeCommand.self, DecodeCommand.self, ReconstructCommand.self, EvaluateCommand.self,
            ExperimentCommand.self, ReportCommand.self, DoctorCommand.self, InfoCommand.self, BenchCommand.self,
            TeacherCommand.self, ScenesCommand.self, DemoCommand.self,
        ])
}

/// From the arguments to the exit status: 0, 1 for a failure, 2 for wrong usage, 128 + signal when interrupted.
enum Entry {
    private enum Status {
        static let failure: Int32 = 1
        static let usage: Int32 = 2
    }

    static func run(_ arguments: [String]) -> Int32 {
        // A reader of our output that goes away is an error of the write and not the end of the process.
        _ = signal(SIGPIPE, SIG_IGN)
        var name = "sgc"
        do {
            var command = try SGC.parseAsRoot(arguments)
            if let subcommand = type(of: command).configuration.commandName, subcommand != name {
                name += " \(subcommand)"
            }
            try command.run()
            return 0
        } catch let error as SGCError {
            if error.code == .cancelled, let signal = Interruption.received {
                Console.note("\(name): interrupted")
                return 128 + signal
            }
            Console.note("\(name): \(error.message)")
            return Status.failure
        } catch let status as ExitCode {
            // The command has said what there is to say.
            return status.rawValue
        } catch {
            return report(error)
        }
    }

    /// Help and version go to the standard output; what was wrong with the arguments goes to the standard error.
    private static func report(_ error: any Error) -> Int32 {
        let text = SGC.fullMessage(for: error)
        guard SGC.exitCode(for: error) == .success else {
            Console.note(text)
            return Status.usage
        }
        Console.print(text)
        return 0
    }
}
