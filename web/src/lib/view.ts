/** What every view is given. */
import type { State } from './state.svelte'
import type { Page, Space } from './types'

export interface ViewProps {
  page: Page
  space: Space
  state: State
}
