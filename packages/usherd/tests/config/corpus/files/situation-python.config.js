module.exports = {
  apps: [{
    name: 'sales-server',
    script: 'worker.py',
    args: '-m uvicorn app.main:app --host 0.0.0.0 --port 8000 --workers 2',
    interpreter: './venv/bin/python',
    cwd: __dirname,
    autorestart: true,
    max_restarts: 10,
    restart_delay: 5000,
    out_file: 'logs/out.log',
    error_file: 'logs/err.log',
    time: true,
    env: { PYTHONIOENCODING: 'utf-8', MODE: 'PROD' },
  }],
};
