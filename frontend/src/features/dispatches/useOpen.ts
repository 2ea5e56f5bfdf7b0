import { useNavigate } from '@tanstack/react-router'
import { type MouseEvent, useCallback } from 'react'

/** Where a dispatch's page is. */
export function hrefOf(id: number): string {
  return `/ui/dispatches/${id}`
}

/**
 * Return what opens a dispatch when a plain link to it is clicked. Thousands of the router's own
 * links take long to make: each follows where the page is.
 */
export function useOpen(): (event: MouseEvent<HTMLAnchorElement>) => void {
  const navigate = useNavigate()
  return useCallback(
    (event) => {
      const isForBrowser = event.metaKey || event.ctrlKey || event.shiftKey || event.altKey
      if (event.button !== 0 || isForBrowser) return
      event.preventDefault()
      const id = event.currentTarget.pathname.split('/').at(-1) ?? ''
      void navigate({ to: '/dispatches/$id', params: { id } })
    },
    [navigate],
  )
}
