import { defineConfig } from "vite";

const page = (name: string) => new URL(`./${name}.html`, import.meta.url).pathname;

export default defineConfig({
  base: "/",
  build: {
    target: "es2022",
    assetsInlineLimit: 0, // a data: font would need a hole in the content security policy
    modulePreload: { polyfill: false },
    manifest: true,
    chunkSizeWarningLimit: 1200,
    rollupOptions: { input: ["index", "login", "wall", "console", "cameras"].map(page) },
  },
});
