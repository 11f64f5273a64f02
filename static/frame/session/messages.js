/** Codes read from their messages. */

/** WebOTP: Chromium on Android reads the code from the message that names shop and frame, once the customer agrees. @type {import('./sign-in.js').ReceiveCode} */
export async function codeFromMessage(signal) {
  if (!('OTPCredential' in window)) return '';
  const request = /** @type {CredentialRequestOptions} */ ({ otp: { transport: ['sms'] }, signal });
  const received = /** @type {{ code?: unknown } | null} */ (await navigator.credentials.get(request));
  return String(received?.code ?? '');
}
