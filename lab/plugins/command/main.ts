import { serve } from "../server";
import { CommandProvider } from "./provider";

serve((engine) => new CommandProvider(process.env.PLUGIN_VERSION ?? "0.0.0", engine));
