import { queryOptions } from '@tanstack/react-query'
import { api, body, type Schemas } from '@/shared/api/client'
import type { Language } from '@/shared/i18n'

export type Setting = Schemas['Setting']
export type Section = Schemas['Section']

/** What settings are for, by what the service says of it in English. */
export type Comments = Record<string, string>

/** Read when it is needed: nobody else needs it. */
export const commentsQuery = (language: Language) =>
  queryOptions({
    queryKey: ['settings', 'comments', language],
    queryFn: async (): Promise<Comments> =>
      language === 'en'
        ? {}
        : (await import('@/shared/i18n/pt-BR/settings-comments')).settingsComments,
    staleTime: Number.POSITIVE_INFINITY,
  })

export const settingsQuery = queryOptions({
  queryKey: ['settings'],
  queryFn: () => body(api.GET('/settings')),
})
