import { useNavigate } from '@tanstack/react-router'

/**
 * Return what changes the choices that stand in the page's address. They are no step of their own in the
 * browser's history, and the page stays where it is scrolled to.
 */
export function useSearchChange<Search extends object>(): (change: Partial<Search>) => void {
  const navigate = useNavigate()
  return (change) =>
    void navigate({
      to: '.',
      // The page says which choices it has; here they are those of any page.
      search: (before: object) => ({ ...before, ...change }) as never,
      replace: true,
      resetScroll: false,
    })
}
