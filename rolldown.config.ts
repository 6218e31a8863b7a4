import { defineConfig } from "rolldown";

export default defineConfig({
  input: { cli: "src/cli.ts" },
  platform: "node",
  external: [/^node:/],
  transform: { define: { "process.env.NODE_ENV": '"production"' } },
  output: {
    dir: "dist",
    format: "esm",
    cleanDir: true,
    entryFileNames: "[name].js",
    chunkFileNames: "chunks/[name]-[hash].js",
  },
});
