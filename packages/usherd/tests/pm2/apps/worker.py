import time

while True:
    print("work", flush=True)
    time.sleep(0.2)
