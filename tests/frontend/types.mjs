// tsc over our own modules only: files of others are read for what they import, not judged.
import ts from "typescript";

const config = ts.getParsedCommandLineOfConfigFile("tsconfig.json", {}, { ...ts.sys, onUnRecoverableConfigFileDiagnostic: (told) => { throw new Error(String(told.messageText)); } });
const program = ts.createProgram(config.fileNames, config.options);
const ours = program.getSourceFiles().filter((file) => !file.fileName.includes("/node_modules/") && !file.fileName.includes("/vendor/"));
const found = ours.flatMap((file) => [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)]);
found.push(...program.getOptionsDiagnostics(), ...program.getGlobalDiagnostics());
const host = { getCanonicalFileName: (name) => name, getCurrentDirectory: ts.sys.getCurrentDirectory, getNewLine: () => "\n" };
process.stdout.write(ts.formatDiagnostics(found, host));
process.exitCode = found.length || ours.length < 2 ? 1 : 0;
