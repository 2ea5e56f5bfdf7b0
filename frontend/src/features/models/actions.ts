import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import { api, body } from '@/shared/api/client'
import { sendForm } from '@/shared/api/upload'
import { useText } from '@/shared/i18n'
import { useTell } from '@/shared/ui/toasts'
import type { Version } from './queries'

/** Make a version the live one; the gate may refuse it, and says why. */
export function usePromote(name: string) {
  const queries = useQueryClient()
  const tell = useTell()
  const { t } = useText()
  return useMutation({
    mutationFn: ({ number, force }: { number: number; force: boolean }) =>
      body(
        api.POST('/models/{name}/versions/{number}/promote', {
          params: { path: { name, number }, query: { force } },
        }),
      ),
    onSuccess: ({ number }) => {
      tell.done(t.models.promoted(name, number))
      return queries.invalidateQueries({ queryKey: ['models'] })
    },
    // What was refused is in the history too.
    onError: () => queries.invalidateQueries({ queryKey: ['models', name, 'events'] }),
  })
}

/** Take a version out of use. */
export function useRetire(name: string) {
  const queries = useQueryClient()
  const tell = useTell()
  return useMutation({
    mutationFn: (number: number) =>
      body(
        api.POST('/models/{name}/versions/{number}/retire', { params: { path: { name, number } } }),
      ),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['models'] }),
    onError: tell.failed,
  })
}

export interface Upload {
  name: string
  file: File
  sample: File | null
  runtime: string | null
}

/** Send a file to be a new version; `part` is how much of it is sent, from 0 to 1. */
export function useUpload() {
  const queries = useQueryClient()
  const [part, setPart] = useState(0)
  const sending = useRef<AbortController>(null)
  const upload = useMutation({
    mutationFn: ({ name, file, sample, runtime }: Upload) => {
      const form = new FormData()
      form.append('file', file)
      if (sample !== null) form.append('sample', sample)
      if (runtime !== null) form.append('runtime', runtime)
      sending.current = new AbortController()
      setPart(0)
      return sendForm<Version>(`/models/${encodeURIComponent(name)}/versions`, form, {
        onProgress: setPart,
        signal: sending.current.signal,
      })
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: ['models'] }),
  })
  return { upload, part, cancel: () => sending.current?.abort() }
}
