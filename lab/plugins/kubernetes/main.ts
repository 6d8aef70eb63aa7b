import { serve } from "../server";
import { KubernetesProvider } from "./provider";

serve((engine) => new KubernetesProvider(process.env.PLUGIN_VERSION ?? "0.0.0", engine));
