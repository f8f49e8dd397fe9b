export async function register() {
  for (const name of ['DATABASE_URL', 'AUTH_SECRET']) {
    if (!process.env[name]) throw new Error(`❌ Missing environment variable: ${name}`);
  }
}
