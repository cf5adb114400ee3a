/** Which theme is on: the reader's choice, or the system's. Canvases ask here; style sheets follow `data-theme` and the system by themselves. */

class Darkness {
  #system = $state(false)
  #chosen = $state<'' | 'light' | 'dark'>('')

  constructor() {
    if (typeof matchMedia === 'undefined') return
    const query = matchMedia('(prefers-color-scheme: dark)')
    this.#system = query.matches
    query.addEventListener('change', (event) => (this.#system = event.matches))
  }

  /** Reactive. */
  get dark(): boolean {
    return this.#chosen === '' ? this.#system : this.#chosen === 'dark'
  }

  follow(chosen: '' | 'light' | 'dark'): void {
    this.#chosen = chosen
    if (chosen) document.documentElement.dataset.theme = chosen
    else delete document.documentElement.dataset.theme
  }
}
export const darkness = new Darkness()
