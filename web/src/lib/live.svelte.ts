/** The live model behind a page that `gausscape serve` shows: places are decoded, judged and asked about y as Python does it. */
import type { Known } from './place'
import { single } from './pictures'
import type { Page, Pictures, Space } from './types'
import { unpackTree } from './unpack'

interface Told {
  pictures: Pictures
  exceedance: Float32Array
  lower: Float32Array
  upper: Float32Array
  support: Uint8Array
  nearest: string[]
  y: Record<string, Float32Array>
}

const REST = 150

export class Live {
  /** What the reader should know of the model: '' as long as it answers. */
  problem = $state('')
  #answered = $state.raw<{ key: string; told: Told } | null>(null)
  #wanted = ''
  #timer: ReturnType<typeof setTimeout> | null = null

  constructor(readonly url: string) {}

  static of(page: Page): Live | null {
    return page.live ? new Live(page.live.url === 'self' ? '' : page.live.url) : null
  }

  /** Asks about a place once it has rested a moment. */
  ask(space: Space, u: Float32Array): void {
    const key = keyOf(space, u)
    if (key === this.#wanted) return
    this.#wanted = key
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.#fetch(key, space.id, Array.from(u)), REST)
  }

  /** Whether the model has told of this very place. */
  knows(space: Space, u: Float32Array): boolean {
    return this.#answered?.key === keyOf(space, u)
  }

  /** What is known of a place, by the model where it has answered. */
  tell(space: Space, known: Known): Known {
    if (!this.knows(space, known.u)) return known
    const { told } = this.#answered!
    return {
      ...known,
      picture: single(told.pictures, 0) ?? known.picture,
      fromAtlas: false,
      rarity: { p: told.exceedance[0], low: told.lower[0], high: told.upper[0] },
      support: told.support[0],
      y: Object.entries(told.y).map(([name, values]) => ({
        name,
        value: values[0],
        error: known.y.find((each) => each.name === name)?.error ?? null,
      })),
    }
  }

  async #fetch(key: string, space: string, u: number[]): Promise<void> {
    try {
      const answer = await fetch(`${this.url}/api/places`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ space, u: [u] }),
      })
      if (answer.status === 429) {
        this.#timer = setTimeout(() => key === this.#wanted && void this.#fetch(key, space, u), 1000)
        return
      }
      if (!answer.ok) {
        this.problem = `The model did not answer: ${(await answer.text()).slice(0, 400)}`
        return
      }
      const told = (await unpackTree(new Uint8Array(await answer.arrayBuffer()))) as Told
      this.problem = ''
      if (key === this.#wanted) this.#answered = { key, told }
    } catch {
      this.problem = 'The server has stopped. Start it again with the same command and open its new link; until then this page tells what it holds.'
    }
  }
}

const keyOf = (space: Space, u: Float32Array) => `${space.id} ${Array.from(u, (value) => value.toFixed(4)).join(' ')}`
