import { noteStatus } from '@/shared/session/ended'
import { ProblemError, problemOf, UNREACHABLE } from './problem'

export interface Sending {
  /** How much is sent, from 0 to 1. */
  onProgress: (part: number) => void
  /** Ends it. */
  signal: AbortSignal
}

/** Send a form with files, and tell how far that is: fetch() can't. Throws ProblemError. */
export function sendForm<Data>(path: string, form: FormData, sending: Sending): Promise<Data> {
  const request = new XMLHttpRequest()
  request.open('POST', path)
  request.upload.onprogress = ({ loaded, total }) => sending.onProgress(total ? loaded / total : 0)
  sending.signal.addEventListener('abort', () => request.abort())
  return new Promise((resolve, reject) => {
    request.onload = () => {
      noteStatus(request.status)
      if (request.status < 300) resolve(JSON.parse(request.responseText))
      else void problemOf(asResponse(request)).then(reject)
    }
    request.onerror = () => reject(new ProblemError(0, UNREACHABLE, '', ''))
    request.onabort = () => reject(new DOMException('', 'AbortError'))
    request.send(form)
  })
}

function asResponse({ status, statusText, responseText }: XMLHttpRequest): Response {
  return new Response(responseText, { status, statusText })
}
