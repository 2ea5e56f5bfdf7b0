import { running } from './running'
import { serving } from './serving'
import { watching } from './watching'

/**
 * What the comments of settings.yaml say, by what they say in English: a comment that is written anew is
 * shown in English until it has its Portuguese, and a test names it.
 */
export const settingsComments: Record<string, string> = { ...serving, ...running, ...watching }
