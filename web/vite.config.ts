/** How the page is built: one classic script and one style sheet, with names and bytes that depend on the source alone.
 *
 * `vite build`                 src/main.ts      -> src/gausscape/page/site/app.js, app.css (inlined by `gausscape page`)
 * `vite build --mode fixture`  src/dev/main.ts  -> web/build/fixture/index.html (one file to look at, never committed)
 * `vite`                       index.html with src/dev/main.ts, reloaded as files change
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { svelte } from '@sveltejs/vite-plugin-svelte'
import type { Plugin } from 'vite'
import { defineConfig } from 'vitest/config'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const SITE = '../src/gausscape/page/site'

interface Product {
  entry: string
  out: string
  name: string
}
const PRODUCTS: Record<string, Product> = {
  production: { entry: 'src/main.ts', out: SITE, name: 'app' },
  fixture: { entry: 'src/dev/main.ts', out: 'build/fixture', name: 'app' },
}

/** Writes the fixture as one file that opens without a server. */
function oneFile(): Plugin {
  return {
    name: 'one-file',
    writeBundle() {
      const folder = here('build/fixture')
      const script = readFileSync(`${folder}/app.js`, 'utf8').replaceAll('</script', '<\\/script')
      const style = readFileSync(`${folder}/app.css`, 'utf8')
      const page = readFileSync(here('index.html'), 'utf8')
        .replace('</head>', () => `<style>${style}</style></head>`)
        .replace(/<script type="module".*<\/script>/, () => `<script>${script}</script>`)
      writeFileSync(`${folder}/index.html`, page)
      for (const name of ['app.js', 'app.css']) rmSync(`${folder}/${name}`)
    },
  }
}

export default defineConfig(({ mode, command }) => {
  const product = PRODUCTS[mode] ?? PRODUCTS.production!
  return {
    root: here('.'),
    plugins: [svelte(), ...(command === 'build' && mode === 'fixture' ? [oneFile()] : [])],
    build: {
      outDir: product.out,
      emptyOutDir: false,
      cssCodeSplit: false,
      modulePreload: false,
      reportCompressedSize: false,
      assetsInlineLimit: Infinity,
      rolldownOptions: {
        input: here(product.entry),
        preserveEntrySignatures: false as const,
        output: {
          format: 'iife',
          entryFileNames: `${product.name}.js`,
          assetFileNames: `${product.name}[extname]`,
          codeSplitting: false,
        },
      },
    },
    resolve: process.env.VITEST ? { conditions: ['browser'] } : {},
    test: { include: ['src/**/*.test.ts', 'tests/**/*.test.ts'], environment: 'node' },
  }
})
