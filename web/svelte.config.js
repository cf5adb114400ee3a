/** @type {import('@sveltejs/vite-plugin-svelte').SvelteConfig} */
export default {
  compilerOptions: {
    runes: true,
    // Names of scoped classes follow the style alone, so that two builds on two machines agree byte for byte.
    cssHash: ({ hash, css }) => `s-${hash(css)}`,
  },
}
