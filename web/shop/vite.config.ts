import { defineConfig } from "vite";

// The built files are committed and embedded in the server's binary: the same sources must give the same bytes, so names
// carry no hashes, and nothing is inlined, because the server's content security policy allows no inline script or data.
export default defineConfig(({ command }) => ({
  base: command === "serve" ? "/shop/" : "./",
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    cssCodeSplit: false,
    modulePreload: false,
    reportCompressedSize: true,
    rollupOptions: {
      output: {
        entryFileNames: "shop.js",
        chunkFileNames: "[name].js",
        assetFileNames: "shop[extname]",
      },
    },
  },
  server: { proxy: { "/v1": "http://127.0.0.1:7700", "/1": "http://127.0.0.1:7700" } },
}));
