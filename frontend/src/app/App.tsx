import { MantineProvider } from '@mantine/core'
import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { TextProvider } from '@/shared/i18n'
import { makeQueryClient } from '@/shared/queries'
import { Toasts } from '@/shared/ui/toasts'
import { makeRouter } from './router'
import { theme } from './theme'

const queries = makeQueryClient()
const router = makeRouter()

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
