import { queryOptions } from '@tanstack/react-query'
import { api, body, type Schemas } from '@/shared/api/client'

export type Setting = Schemas['Setting']
export type Section = Schemas['Section']

export const settingsQuery = queryOptions({
  queryKey: ['settings'],
  queryFn: () => body(api.GET('/settings')),
})
