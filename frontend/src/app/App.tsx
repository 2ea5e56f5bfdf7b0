import { MantineProvider } from '@mantine/core'
import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { feed } from '@/features/monitor/useMonitor'
import { fetchTexts, TextProvider } from '@/shared/i18n'
import { makeQueryClient } from '@/shared/queries'
import { sessionQuery } from '@/shared/session/session'
import { Toasts } from '@/shared/ui/toasts'
import { makeRouter } from './router'
import { theme } from './theme'

const queries = makeQueryClient()
const router = makeRouter()
// What every page needs is on its way while the first one is drawn.
fetchTexts()
void queries.prefetchQuery(sessionQuery)
if (!document.hidden) feed.start()

export function App() {
  return (
    <MantineProvider
      theme={theme}
      defaultColorScheme="auto"
      withCssVariables={false}
      withGlobalClasses={false}
    >
      <QueryClientProvider client={queries}>
        <TextProvider>
          <Toasts>
            <RouterProvider router={router} />
          </Toasts>
        </TextProvider>
      </QueryClientProvider>
    </MantineProvider>
  )
}
