import { createRootRoute } from '@tanstack/react-router'
import { Layout } from '../Layout'
import { Missing } from '../Wrong'

/** What all addresses below /ui/ are part of: the frame, and what stands where nothing is. */
export const root = createRootRoute({ component: Layout, notFoundComponent: Missing })
